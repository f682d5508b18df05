"""See it move: one replication as an animation, places as cells and citizens by what they wait for.

`fragment` is a piece of HTML for a report or a page, `document` a whole file. Both carry their
style, program and data, and ask nothing of a network.
"""

from flexsim.output.animation.drawing import document as document
from flexsim.output.animation.drawing import fragment as fragment
