"""The offline trainer: labelled news in, a model folder for the daemon out."""

import monitor.inference  # noqa: F401  (before onnxruntime is loaded by anybody: it keeps it from reporting)
