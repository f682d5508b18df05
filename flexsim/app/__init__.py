"""The planner's page: change places, rules and rates, and see what follows.

`page` is the Streamlit script, and the only module that knows Streamlit; `serving` starts it. What
can be chosen is in `choices`, what can be changed in `controls`, what is simulated in `simulate`
and what is shown in `results`.
"""
