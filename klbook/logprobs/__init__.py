"""Reading the log-probability files of llama.cpp, and comparing quantised models with their base from them.

``python -m klbook.logprobs BASE QUANT [QUANT2]`` prints what ``llama-perplexity --kl-divergence`` prints, without
running a model, and what it does not: see ``--help``. `compare` is the same as a function.

`format` reads and writes the files, `together` asks whether they belong together, `rows` sums over the vocabulary,
`statistics` over positions and windows (with `order` for the percentiles) for the `results`, `report` prints them, and
`command` is the function and the command.
"""

from klbook.logprobs.command import compare
from klbook.logprobs.format import LogprobFile, LogprobsError, decode, encode, write_logprobs
from klbook.logprobs.results import Comparison

__all__ = ["Comparison", "LogprobFile", "LogprobsError", "compare", "decode", "encode", "write_logprobs"]
