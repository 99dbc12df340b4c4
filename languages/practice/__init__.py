"""Practice packages: real `.argosmodel` packages that tests and the benchmark make themselves, where none can be fetched.

`trained`: small models trained on the phrases of `world`. `written`: models whose weights are written by hand, which say
one wrong thing and nothing else wrong.
"""
