"""Built pages to where visitors read them: one module a kind of target, one contract, one order of steps."""
