"""`make proof`: what works when sam itself builds, runs and deploys it, without an AWS account.

Validates and builds with sam, runs every event in events/ through `sam local invoke`, deploys both environments on
MiniStack as create and as update, sends records through a deployed stack until an alert comes out, deletes it, and ends
with a table of what was proven, what was skipped and why.
"""
