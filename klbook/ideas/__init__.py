"""The ideas: each module holds the pure functions of one idea, named by the field's own terms.

Arrays in, arrays out, nothing drawn and nothing remembered. This room rests on NumPy alone: it imports
neither Matplotlib nor ipywidgets, and nothing of the figures, the explorers or the site, which build on it.
"""
