"""The ledger for Python, of the jobs and of the function alike: its items, ids and writes, from `ledger.json`.

`schema` reads that file, `table` makes the calls, `items` is the one module that names attributes and writes items. Who
imports it from a zip finds it there: `apply` packs the packages beside a folder that its code imports.
"""
