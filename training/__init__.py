"""The offline trainer: labelled news in, a model folder for the daemon out."""
