"""Pages for people: the worklist of a desk and its cases, behind a sign-in, by role and desk, in three languages.

``amanah pages`` serves them. Whoever else does hands over the nodes, and who has signed in.
Opening a page changes nothing, and shows nothing personal: a POST does, and it is kept who looked and what for.
"""
