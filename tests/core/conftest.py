"""What the core's tests share: laws without deadlines, an import path for workers."""

import sys
from pathlib import Path

from hypothesis import settings

# A busy machine is no reason to fail.
settings.register_profile("onne", deadline=None)
settings.load_profile("onne")

# Spawned processes import the functions that they run from here.
sys.path.insert(0, str(Path(__file__).parent))
