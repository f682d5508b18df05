(() => {
  "use strict";
  const root = document.currentScript.closest(".flexsim-move");
  const data = JSON.parse(root.querySelector(".data").textContent);
  const find = (sort) => root.querySelector(`.${sort}`);
  const make = (tag, sort, parent) => {
    const element = document.createElement(tag);
    if (sort) element.className = sort;
    return parent ? parent.appendChild(element) : element;
  };
  const number = new Intl.NumberFormat(data.language);
  const date = new Intl.DateTimeFormat(data.language === "en" ? "en-GB" : data.language, {
    weekday: "short", day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
  });
  const say = (name, values = {}) => data.say[name].replace(/\{(\w+)\}/g, (_, key) =>
    typeof values[key] === "number" ? number.format(values[key]) : values[key]);
  const [STAYING, DECISION, PLACE, MOVE, HELD] = data.states.keys();
  const start = Date.parse(`${data.start}T00:00:00Z`);

  // level[h] from pairs of hours passed and difference
  const levels = (changes) => {
    const level = new Int32Array(data.hours + 1);
    let hour = 0;
    for (let i = 0; i < changes.length; i += 2) level[hour += changes[i]] += changes[i + 1];
    for (let h = 1; h < level.length; h++) level[h] += level[h - 1];
    return level;
  };
  const normAt = (pool, hour) => pool.norm.findLast(([from]) => from <= hour)[1];

  const unpack = (lane) => {
    const spans = [];
    let hour = 0;
    for (let i = 0; i < lane.length; i += 4) {
      hour += lane[i];
      spans.push({ from: hour, to: hour + lane[i + 1], state: lane[i + 2], citizen: lane[i + 3] });
      hour += lane[i + 1];
    }
    return spans;
  };
  const spanAt = (spans, hour) => {
    let low = 0, high = spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spans[middle].to <= hour) low = middle + 1; else high = middle;
    }
    return low < spans.length && spans[low].from <= hour ? spans[low] : null;
  };

  for (const pool of data.pools) {
    pool.waitingAt = levels(pool.waiting);
    const card = make("section", pool.lanes ? "pool" : "pool count", find("pools"));
    const heading = make("h3", "", card);
    heading.textContent = pool.title;
    make("span", "", heading).textContent = ` (${data.kinds[pool.kind] ?? pool.kind})`;
    pool.text = make("p", "", card);
    if (!pool.lanes) {
      pool.countAt = levels(pool.arrived ?? pool.present);
      continue;
    }
    if (pool.lanes.length > 40) card.classList.add("wide");
    const cells = make("div", "cells", card);
    pool.spans = pool.lanes.map(unpack);
    pool.byState = data.states.map(() => new Int32Array(data.hours + 1));
    for (const span of pool.spans.flat()) {
      pool.byState[span.state][span.from] += 1;
      pool.byState[span.state][span.to] -= 1;
    }
    for (const level of pool.byState) for (let h = 1; h < level.length; h++) level[h] += level[h - 1];
    pool.cells = pool.spans.map((spans, place) => {
      const cell = make("i", "cell", cells);
      cell.addEventListener("click", () => {
        const span = spanAt(spans, now);
        if (span) follow(span.citizen);
      });
      return { cell, spans, place, shown: "" };
    });
  }

  const drawStrip = () => {
    const wards = data.pools.filter((pool) => pool.kind === "ward" && pool.byState);
    const days = Math.floor(data.hours / 24);
    const at = (state, day) => wards.reduce((sum, pool) => sum + pool.byState[state][24 * day + 12], 0);
    const bands = [DECISION, PLACE, MOVE].map((state) =>
      Array.from({ length: days }, (_, day) => at(state, day)));
    const total = bands[0].map((_, day) => bands.reduce((sum, band) => sum + band[day], 0));
    const most = Math.max(0, ...total);
    if (!most) return null;
    const svg = `http://www.w3.org/2000/svg`;
    const picture = document.createElementNS(svg, "svg");
    picture.setAttribute("viewBox", `0 0 ${days} 100`);
    picture.setAttribute("preserveAspectRatio", "none");
    picture.setAttribute("role", "img");
    const words = `${say("strip")} (${say("most", { count: most })})`;
    picture.setAttribute("aria-label", words);
    const below = new Array(days).fill(0);
    ["#f5d76e", "#c8601f", "#00523a"].forEach((colour, b) => {
      const y = (value) => 98 - (95 * value) / most;
      const lower = below.map((value, day) => `${day + 1} ${y(value)} ${day} ${y(value)}`).reverse();
      bands[b].forEach((value, day) => { below[day] += value; });
      const upper = below.map((value, day) => `${day} ${y(value)} ${day + 1} ${y(value)}`);
      const band = document.createElementNS(svg, "polygon");
      band.setAttribute("points", [...upper, ...lower].join(" "));
      band.setAttribute("fill", colour);
      picture.append(band);
    });
    const line = document.createElementNS(svg, "line");
    line.setAttribute("y2", "100");
    line.setAttribute("stroke", "#000");
    line.setAttribute("vector-effect", "non-scaling-stroke");
    line.setAttribute("stroke-width", "2");
    picture.append(line);
    find("strip").append(picture);
    make("p", "", find("strip")).textContent = words;
    return line;
  };

  let now = 0, followed = -1, playing = false, last = 0;
  const slider = find("time"), chosen = find("follow"), play = find("play");
  const mark = drawStrip();
  slider.max = data.hours - 1;

  const describe = (pool) => {
    const parts = [];
    if (pool.arrived) parts.push(say("arrived", { count: pool.countAt[now] }));
    else {
      const norm = normAt(pool, now), state = (s) => pool.byState?.[s][now] ?? 0;
      const present = [STAYING, DECISION, PLACE, MOVE].reduce((sum, s) => sum + state(s), 0);
      const taken = pool.countAt?.[now] ?? present;
      parts.push(norm === null ? say("present", { taken }) : say("taken", { taken, norm }));
      const above = taken + state(HELD) - norm;
      if (norm !== null && above > 0) parts.push(say("above", { count: above }));
      for (const [name, one] of [["decision", DECISION], ["place", PLACE], ["move", MOVE]]) {
        if (state(one)) parts.push(say(name, { count: state(one) }));
      }
      if (state(HELD)) parts.push(say("held", { count: state(HELD) }));
    }
    if (pool.waitingAt[now]) parts.push(say("waiting", { count: pool.waitingAt[now] }));
    return parts.join("; ");
  };

  const draw = () => {
    find("date").textContent = `${date.format(start + 3600e3 * now)}, ${String(now % 24).padStart(2, "0")}:00`;
    slider.value = now;
    slider.setAttribute("aria-valuetext", find("date").textContent);
    let where = null;
    for (const pool of data.pools) {
      pool.text.textContent = describe(pool);
      const norm = normAt(pool, now);
      for (const entry of pool.cells ?? []) {
        const span = spanAt(entry.spans, now), beyond = norm !== null && entry.place >= norm;
        const mine = span && span.citizen === followed;
        if (mine && span.state !== HELD) where = { pool, entry, span };
        const sort = `cell${beyond ? " beyond" : ""}${span ? ` s${span.state}` : ""}${mine ? " mine" : ""}`
          + (!span && (beyond || norm === null) ? " gone" : "");
        const shown = span ? `${data.citizens[span.citizen]}: ${data.states[span.state].words}` : data.say.free;
        if (entry.shown === sort + shown) continue;
        entry.shown = sort + shown;
        entry.cell.className = sort;
        entry.cell.title = shown;
        entry.cell.textContent = span ? data.states[span.state].mark : "";
      }
    }
    const citizen = data.citizens[followed];
    find("followed").textContent = followed < 0 ? "" : where
      ? say("where", { citizen, pool: where.pool.title, place: where.entry.place + 1, state: data.states[where.span.state].words })
      : say("elsewhere", { citizen });
    if (mark) {
      mark.setAttribute("x1", now / 24);
      mark.setAttribute("x2", now / 24);
    }
  };
  const go = (hour) => {
    now = Math.min(Math.max(Math.round(hour), 0), data.hours - 1);
    draw();
  };
  const follow = (citizen) => {
    followed = citizen === followed ? -1 : citizen;
    let option = [...chosen.options].find((one) => Number(one.value) === followed);
    if (!option) {
      option = new Option(data.citizens[followed], followed);
      chosen.add(option);
    }
    chosen.value = followed;
    draw();
  };

  let exact = 0;
  const step = (time) => {
    if (!playing) return;
    exact += ((time - last) / 1000) * 24 * Number(find("speed").value);
    last = time;
    if (exact >= data.hours - 1) { set(false); go(data.hours - 1); return; }
    if (Math.floor(exact) !== now) go(Math.floor(exact));
    requestAnimationFrame(step);
  };
  const set = (on) => {
    playing = on;
    play.textContent = on ? `❚❚ ${data.say.pause}` : `▶ ${data.say.play}`;
    play.setAttribute("aria-pressed", on);
    if (!on) return;
    if (now >= data.hours - 1) go(0);
    exact = now;
    requestAnimationFrame((time) => { last = time; step(time); });
  };

  play.addEventListener("click", () => set(!playing));
  slider.addEventListener("input", () => { set(false); go(Number(slider.value)); });
  find("back").addEventListener("click", () => { set(false); go(now - 24); });
  find("on").addEventListener("click", () => { set(false); go(now + 24); });
  for (const citizen of data.offered) chosen.add(new Option(data.citizens[citizen], citizen));
  chosen.addEventListener("change", () => { followed = Number(chosen.value); draw(); });
  go(Math.min(12, data.hours - 1));
})();
