"""Scores headlines: verified model folders, one session thread, batches by token budget."""

import os

# ONNX Runtime's wheels report to their maker from 1.29 on, unless this is set before the library is loaded; what a desk
# runs, and how much, is nobody else's. (microsoft/onnxruntime#27379: afterwards it can only be made to say less.)
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
