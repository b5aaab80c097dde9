"""The lab as a page alone: a folder of plain files in which the learner's browser draws, with no server behind it.

It is made of the app's own parts: the files of the components, the browser's device, the controls and the words of the
tabs, the theme. What Gradio is to a component in the app, stand_in.js is to it here.
"""
