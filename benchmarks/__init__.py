"""The measured promises: each against a floor and a peer that are built in the same run.

Run by `./run bench` (partnercenter/management/commands/bench.py). Read ratios, not milliseconds:
a machine has its own milliseconds, and neighbours.

database.py   a world of its own for each size, made once and kept
servers.py    the product, the floor (bare/) and the peer (peer/) as real web servers
client.py     requests over HTTP
inside/       what only a process of the product can tell: sessions, statements, buffers
pages.py, generate.py, export.py, importing.py   the benches
"""
