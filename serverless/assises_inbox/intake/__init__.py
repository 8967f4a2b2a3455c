"""The intake: receive → check → store → answer. Public, stateless, and only able to add.

It knows the consultation by its ``forms.json`` alone, holds one signing key, and can read nothing back of
what it stored.
"""
