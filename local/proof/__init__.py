"""`make proof`: what works when sam itself builds, runs and deploys it, without an AWS account.

Validates and builds with sam, runs every event in events/ through `sam local invoke`, goes beyond each function's
memory and a time-out there, deploys both environments on MiniStack as create and as update, and two stacks with the
options on, sends records through a deployed stack until an alert comes out, deletes it, and ends with a table of what
was proven, what was skipped and why.
"""
