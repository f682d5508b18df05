/* The benchmark model "ward and step-down" as a hand-written C loop: the yardstick for speed.
 *
 * It is flexsim's model of scenarios/textbook/ward_and_step_down.yaml with flexsim's own draws
 * (same keys, same quantile tables, whole seconds), so both give the same register: every column of
 * every row, in order. It knows this one model only: a ward, pools behind it, and places at home
 * without limit.
 *
 *   - Arrivals are sorted and stay outside the heap.
 *   - One heap entry is one 64-bit number, (time, slot); four children share a cache line, and
 *     unused children are the largest number, so that no bounds are checked.
 *   - Taking the first entry leaves a hole, which the next entry fills if one comes.
 *   - Who is somewhere now has a slot; a row is written, once, when the stay is over.
 *
 * What happens in one second: first everything that falls due, then places are given out one by
 * one, each to the lowest (requested, citizen) who can move. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { POOLS = 6, WARD = 0, FIRST_HOME = 4, GOALS = 6, TAILS = 128 * 52, NONE = -1 };
/* Numbers of the register. */
enum { NEED = 0, GOAL = 1, NO_KIND = 0, PLACE = 1 };
enum { MOVED_ON = 1, WENT_HOME = 2, READMITTED = 5, STILL_WAITING = 10, STILL_THERE = 11 };

/* One row of the register. */
typedef struct {
    int32_t citizen, episode, request, purpose, sought, pool, kind, place;
    int32_t requested, wanted, ready, granted, admitted, completed, left, ended, outcome;
} Row;

/* A request, and the stay that it leads to. */
typedef struct {
    int32_t citizen, request, episode, pool, place, requested, admitted, completed;
    int32_t from;  /* slot of the place where the citizen waits; the next free slot */
    uint64_t luck; /* key of all draws of this episode */
} Slot;

typedef struct {
    const double *table; /* quantiles with mean 1, or NULL */
    double mean;         /* days */
} Law;

typedef struct {
    int64_t end, warm_up;
    double expected;         /* arrivals until the end */
    uint64_t stream;         /* hash of the stream's name */
    uint64_t word_arrival, word_goal, word_relapse;
    uint64_t word_stay[POOLS];
    int64_t places[POOLS];   /* of the first FIRST_HOME pools */
    int64_t limit[POOLS];    /* seconds */
    Law stay[POOLS];
    double onward[GOALS];    /* cumulative shares after the ward */
    int64_t leads_to[GOALS]; /* pool of each goal */
    int64_t after_pool;      /* where one goes from the pools behind the ward */
    double relapse[POOLS];   /* share */
    Law until_relapse[POOLS];
} Model;

typedef struct {
    int64_t rows, events, starts, wait, delayed;
    int64_t stays[POOLS], occupied[POOLS];
} Totals;

typedef struct {
    int32_t *slot;
    uint32_t head, tail, mask; /* positions, counted up; the mask is the size less one */
} Queue;

/* Numbers of the places that were given back, a heap; the others follow from `next`. */
typedef struct {
    int32_t *number;
    int32_t count, room, next;
} Free;

typedef struct {
    const Model *model;
    Row *rows;
    Totals *totals;
    int64_t capacity;
    uint64_t *memory, *heap; /* heap[3] is the root: children then begin at a multiple of 4 */
    int64_t size, room;      /* entries; numbers allocated */
    int hole;
    Slot *slots;
    int32_t free, top, slot_room;
    Queue queue[FIRST_HOME];
    int64_t used[FIRST_HOME];
    Free places[POOLS];
    Slot *going;   /* who goes home in this second */
    int32_t homeward, going_room;
} Run;

/* -- Chance -------------------------------------------------------------------------------- */

static inline uint64_t absorb(uint64_t key, uint64_t word) {
    uint64_t z = key + 0x9E3779B97F4A7C15u + word;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline double uniform(uint64_t key, uint64_t word) {
    return ((double)(absorb(key, word) >> 12) + 0.5) * 0x1p-52;
}

static inline double quantile(const double *table, double u) {
    int upper = u > 0.5;
    double tail = upper ? 1.0 - u : u;
    uint64_t bits;
    if (tail < 0x1p-53) tail = 0x1p-53;
    memcpy(&bits, &tail, sizeof bits);
    double fraction = (double)(bits & ((1ull << 45) - 1)) * 0x1p-45;
    int64_t index = (int64_t)(bits >> 45) - (1022 - 52) * 128;
    int64_t near = upper ? 2 * TAILS - index : index, beyond = upper ? near - 1 : near + 1;
    return table[near] + fraction * (table[beyond] - table[near]);
}

static inline int64_t seconds(Law law, double u) {
    return (int64_t)(law.mean * quantile(law.table, u) * 86400.0 + 0.5);
}

static uint64_t stream_key(const Model *m, uint64_t seed, uint64_t replication) {
    return absorb(absorb(absorb(0, seed), replication), m->stream);
}

/* Times of arrival, ascending; gives their number, or -1 if there is no room for them. */
int64_t ward_arrivals(const Model *m, uint64_t seed, uint64_t replication, int32_t *times,
                      int64_t room) {
    uint64_t key = stream_key(m, seed, replication);
    double epoch = 0.0, slope = (double)m->end / m->expected;
    for (int64_t n = 0;; n++) {
        epoch -= log(1.0 - uniform(absorb(absorb(key, (uint64_t)n), 0), m->word_arrival));
        if (epoch >= m->expected) return n;
        if (n >= room) return -1;
        times[n] = (int32_t)floor(slope * epoch + 0.5);
    }
}

/* -- Heap ---------------------------------------------------------------------------------- */

static void grow_heap(Run *r) {
    int64_t room = 2 * r->room + 64;
    uint64_t *memory = aligned_alloc(64, (size_t)room * sizeof *memory);
    if (r->memory) memcpy(memory, r->memory, (size_t)r->room * sizeof *memory);
    memset(memory + r->room, 0xFF, (size_t)(room - r->room) * sizeof *memory);
    free(r->memory);
    r->memory = memory;
    r->heap = memory + 3;
    r->room = room;
}

static inline void sift_down(uint64_t *heap, uint64_t key) {
    int64_t i = 0;
    for (;;) {
        int64_t child = 4 * i + 1;
        const uint64_t *c = heap + child;
        int64_t a = c[1] < c[0], b = 2 + (c[3] < c[2]);
        int64_t best = c[b] < c[a] ? b : a;
        if (c[best] >= key) break;
        heap[i] = c[best];
        i = child + best;
    }
    heap[i] = key;
}

static inline void push(Run *r, int64_t time, int32_t slot) {
    uint64_t key = (uint64_t)time << 32 | (uint32_t)slot;
    if (r->hole) {
        r->hole = 0;
        sift_down(r->heap, key);
        return;
    }
    /* the children of the last entry, and of the one after it, exist */
    if (4 * r->size + 16 > r->room) grow_heap(r);
    uint64_t *heap = r->heap;
    int64_t i = r->size++;
    while (i > 0 && heap[(i - 1) / 4] > key) {
        heap[i] = heap[(i - 1) / 4];
        i = (i - 1) / 4;
    }
    heap[i] = key;
}

/* Time of the first entry; far away if there is none. */
static inline int64_t next_time(Run *r) {
    if (r->hole) {
        r->hole = 0;
        uint64_t last = r->heap[--r->size];
        r->heap[r->size] = UINT64_MAX;
        if (r->size) sift_down(r->heap, last);
    }
    return (int64_t)(r->heap[0] >> 32);
}

/* -- Slots, rows, lists ---------------------------------------------------------------------- */

static inline int32_t new_slot(Run *r) {
    if (r->free != NONE) {
        int32_t slot = r->free;
        r->free = r->slots[slot].from;
        return slot;
    }
    if (r->top == r->slot_room) {
        r->slot_room = 2 * r->slot_room + 256;
        r->slots = realloc(r->slots, (size_t)r->slot_room * sizeof *r->slots);
    }
    return r->top++;
}

static inline void free_slot(Run *r, int32_t slot) {
    r->slots[slot].citizen = NONE;
    r->slots[slot].from = r->free;
    r->free = slot;
}

/* -- Places ----------------------------------------------------------------------------------- */

/* The lowest free place. */
static inline int32_t take(Free *f) {
    if (f->count == 0) return f->next++;
    int32_t place = f->number[0], last = f->number[--f->count], n = f->count, hole = 0;
    for (;;) {
        int32_t child = 2 * hole + 1;
        if (child >= n) break;
        if (child + 1 < n && f->number[child + 1] < f->number[child]) child++;
        if (f->number[child] >= last) break;
        f->number[hole] = f->number[child];
        hole = child;
    }
    f->number[hole] = last;
    return place;
}

static inline void give_back(Free *f, int32_t place) {
    if (f->count == f->room) {
        f->room = 2 * f->room + 64;
        f->number = realloc(f->number, (size_t)f->room * sizeof *f->number);
    }
    int32_t hole = f->count++;
    while (hole > 0 && f->number[(hole - 1) / 2] > place) {
        f->number[hole] = f->number[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    f->number[hole] = place;
}

/* -- Rows --------------------------------------------------------------------------------------- */

static inline int64_t within(const Model *m, int64_t start, int64_t stop) {
    int64_t from = start > m->warm_up ? start : m->warm_up;
    return stop > from ? stop - from : 0;
}

static inline void count(Run *r, const Slot *s, int32_t left) {
    const Model *m = r->model;
    Totals *t = r->totals;
    int64_t stop = left == NONE ? m->end : left;
    int is_ward = s->pool == WARD, is_home = s->pool >= FIRST_HOME;
    t->rows++;
    t->events += is_ward;                         /* arrival or return */
    if (s->admitted == NONE) return;
    t->stays[s->pool]++;
    t->occupied[s->pool] += within(m, s->admitted, stop);
    t->events += !is_home;                        /* ward start or transfer */
    if (is_ward && s->admitted >= m->warm_up) {
        t->starts++;
        t->wait += s->admitted - s->requested;
    }
    if (is_ward && s->completed != NONE) {
        t->events++;                              /* end of treatment */
        t->delayed += within(m, s->completed, stop);
    }
    t->events += !is_ward && !is_home && left != NONE; /* end in a pool */
}

static inline void write_row(Run *r, const Slot *s, int32_t left, int outcome, int keep) {
    if (!keep) {
        count(r, s, left);
        return;
    }
    if (r->totals->rows < r->capacity) {
        int is_stay = s->admitted != NONE;
        r->rows[r->totals->rows] = (Row){
            .citizen = s->citizen,
            .episode = s->episode,
            .request = s->request,
            .purpose = s->pool == WARD ? NEED : GOAL,
            .sought = s->pool,
            .pool = s->pool,
            .kind = is_stay ? PLACE : NO_KIND,
            .place = is_stay ? s->place : NONE,
            .requested = s->requested,
            .wanted = s->requested,
            .ready = s->requested,
            .granted = s->admitted,
            .admitted = s->admitted,
            .completed = s->completed,
            .left = left,
            .ended = NONE,
            .outcome = outcome,
        };
    }
    r->totals->rows++;
}

/* What the end of the run cuts off. */
static inline void close_row(Run *r, const Slot *s, int keep) {
    write_row(r, s, NONE, s->admitted == NONE ? STILL_WAITING : STILL_THERE, keep);
}

/* The order of the register, (citizen, request): numbers of rows, and where citizens begin.
 * `following` is paper for a number per citizen. */
void ward_order(const Row *rows, int64_t count, int64_t people, int32_t *order, int32_t *first,
                int32_t *following) {
    memset(first, 0, (size_t)(people + 1) * sizeof *first);
    for (int64_t n = 0; n < count; n++) first[rows[n].citizen + 1]++;
    for (int64_t n = 0; n < people; n++) first[n + 1] += first[n];
    memcpy(following, first, (size_t)people * sizeof *first);
    for (int64_t n = 0; n < count; n++) {
        int32_t citizen = rows[n].citizen, at = following[citizen]++;
        for (; at > first[citizen] && rows[order[at - 1]].request > rows[n].request; at--)
            order[at] = order[at - 1];
        order[at] = (int32_t)n;
    }
}

/* Join a list in the order (requested, citizen). */
static void join(Run *r, int pool, int32_t slot) {
    Queue *q = &r->queue[pool];
    if (q->tail - q->head > q->mask || !q->slot) {
        uint32_t length = q->tail - q->head, size = q->slot ? 2 * (q->mask + 1) : 64;
        int32_t *larger = malloc(size * sizeof *larger);
        for (uint32_t n = 0; n < length; n++) larger[n] = q->slot[(q->head + n) & q->mask];
        free(q->slot);
        *q = (Queue){larger, 0, length, size - 1};
    }
    const Slot *s = r->slots, *me = s + slot;
    uint32_t at = q->tail++;
    while (at != q->head) {
        int32_t before = q->slot[(at - 1) & q->mask];
        if (s[before].requested < me->requested || s[before].citizen < me->citizen) break;
        q->slot[at & q->mask] = before;
        at--;
    }
    q->slot[at & q->mask] = slot;
}

/* -- A citizen's journey ----------------------------------------------------------------------- */

static inline void vacate(Run *r, int32_t slot, int64_t now, int outcome, int keep) {
    Slot *s = r->slots + slot;
    if (s->pool < FIRST_HOME) r->used[s->pool]--;
    if (keep) give_back(&r->places[s->pool], s->place);
    write_row(r, s, (int32_t)now, outcome, keep);
    free_slot(r, slot);
}

static inline void ask(Run *r, Slot request, int64_t now) {
    int32_t slot = new_slot(r);
    request.requested = (int32_t)now;
    request.admitted = request.completed = NONE;
    r->slots[slot] = request;
    join(r, request.pool, slot);
}

static inline void admit(Run *r, int32_t slot, int64_t now, int keep) {
    const Model *m = r->model;
    Slot *s = r->slots + slot;
    int pool = s->pool;
    if (keep) s->place = take(&r->places[pool]);
    if (s->from != NONE) vacate(r, s->from, now, pool == WARD ? READMITTED : MOVED_ON, keep);
    int64_t need = seconds(m->stay[pool], uniform(s->luck, m->word_stay[pool]));
    int64_t limit = m->limit[pool], stop = now + (need < limit ? need : limit);
    r->used[pool]++;
    s->admitted = (int32_t)now;
    if (stop < m->end) {
        if (need <= limit) s->completed = (int32_t)stop;
        push(r, stop, slot);
    }
}

/* A request for a place at home, made of the stay in `slot`. */
static inline void ask_home(Run *r, int32_t slot, int home, int64_t now) {
    if (r->homeward == r->going_room) {
        r->going_room = 2 * r->going_room + 16;
        r->going = realloc(r->going, (size_t)r->going_room * sizeof *r->going);
    }
    Slot request = r->slots[slot];
    request.request++;
    request.pool = home;
    request.requested = (int32_t)now;
    request.from = slot;
    r->going[r->homeward++] = request;
}

/* Home takes everybody at once; some come back. */
static inline void go_home(Run *r, Slot stay, int64_t now, int keep) {
    const Model *m = r->model;
    int home = stay.pool;
    if (keep) stay.place = take(&r->places[home]);
    vacate(r, stay.from, now, WENT_HOME, keep);
    stay.admitted = (int32_t)now;
    stay.completed = NONE;
    double survival = 1.0 - uniform(stay.luck, m->word_relapse);
    double chance = (1.0 - survival) / m->relapse[home];
    if (chance < 1.0) {
        int64_t again = now + seconds(m->until_relapse[home], chance);
        if (again < m->end) {
            int32_t slot = new_slot(r);
            stay.from = NONE;
            r->slots[slot] = stay;
            push(r, again, slot);
            return;
        }
    }
    close_row(r, &stay, keep);
}

static inline void end_treatment(Run *r, int32_t slot, int64_t now) {
    const Model *m = r->model;
    Slot stay = r->slots[slot];
    double u = uniform(stay.luck, m->word_goal);
    int goal = 0;
    while (m->onward[goal] <= u) goal++;
    int to = (int)m->leads_to[goal];
    if (to >= FIRST_HOME) {
        ask_home(r, slot, to, now);
    } else {
        stay.request++;
        stay.pool = to;
        stay.from = slot;
        ask(r, stay, now);
    }
}

static inline void happen(Run *r, int32_t slot, int64_t now, uint64_t key) {
    Slot stay = r->slots[slot];
    if (stay.pool == WARD) {
        end_treatment(r, slot, now);
    } else if (stay.pool < FIRST_HOME) {
        ask_home(r, slot, (int)r->model->after_pool, now);
    } else { /* relapse: stay at home until there is a bed */
        stay.request++;
        stay.episode++;
        stay.pool = WARD;
        stay.from = slot;
        stay.luck = absorb(absorb(key, (uint64_t)stay.citizen), (uint64_t)stay.episode << 32);
        ask(r, stay, now);
    }
}

static inline int is_before(const Slot *one, const Slot *other) {
    if (one->requested != other->requested) return one->requested < other->requested;
    return one->citizen < other->citizen;
}

/* Who moves frees a place, so that each move is looked for anew. */
static inline void settle(Run *r, int64_t now, int keep) {
    for (;;) {
        const Slot *best = NULL;
        int from = NONE;
        int32_t nth = 0;
        for (int pool = WARD; pool < FIRST_HOME; pool++) {
            Queue *q = &r->queue[pool];
            if (q->head == q->tail || r->used[pool] >= r->model->places[pool]) continue;
            const Slot *head = r->slots + q->slot[q->head & q->mask];
            if (!best || is_before(head, best)) best = head, from = pool;
        }
        for (int32_t n = 0; n < r->homeward; n++)
            if (!best || is_before(r->going + n, best)) best = r->going + n, from = FIRST_HOME, nth = n;
        if (!best) return;
        if (from == FIRST_HOME) {
            Slot stay = *best;
            r->going[nth] = r->going[--r->homeward];
            go_home(r, stay, now, keep);
        } else {
            Queue *q = &r->queue[from];
            admit(r, q->slot[q->head++ & q->mask], now, keep);
        }
    }
}

static inline void simulate(Run *r, uint64_t key, const int32_t *times, int64_t count,
                            int keep) {
    int64_t end = r->model->end, n = 0;
    int64_t arrival = count ? times[0] : end;
    for (;;) {
        int64_t due = next_time(r), now = due < arrival ? due : arrival;
        if (now >= end) break;
        do {
            if (arrival == now) {
                uint64_t luck = absorb(absorb(key, (uint64_t)n), 0);
                Slot first = {.citizen = (int32_t)n, .pool = WARD, .from = NONE, .luck = luck};
                ask(r, first, now);
                n++;
                arrival = n < count ? times[n] : end;
            } else {
                r->hole = 1;
                happen(r, (int32_t)r->heap[0], now, key);
            }
        } while (next_time(r) == now || arrival == now);
        settle(r, now, keep);
    }
    for (int32_t slot = 0; slot < r->top; slot++)
        if (r->slots[slot].citizen != NONE) close_row(r, r->slots + slot, keep);
}

/* One replication. `rows` may be NULL: then totals only. Gives the number of rows, which may be
 * more than there was room for: then call again with more. */
int64_t ward_run(const Model *model, uint64_t seed, uint64_t replication, const int32_t *times,
                 int64_t count, Row *rows, int64_t capacity, Totals *totals) {
    Run r = {.model = model, .rows = rows, .totals = totals, .capacity = capacity, .free = NONE};
    uint64_t key = stream_key(model, seed, replication);
    memset(totals, 0, sizeof *totals);
    grow_heap(&r);
    if (rows)
        simulate(&r, key, times, count, 1);
    else
        simulate(&r, key, times, count, 0);
    free(r.memory);
    free(r.slots);
    free(r.going);
    for (int pool = 0; pool < FIRST_HOME; pool++) free(r.queue[pool].slot);
    for (int pool = 0; pool < POOLS; pool++) free(r.places[pool].number);
    return totals->rows;
}
