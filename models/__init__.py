"""What is learned from a table of named, typed columns and its labels, and how well.

Nothing here knows what the columns mean. Import from the files: `from models.training import train_scheme`.
"""

import os

# A spinning OpenMP wait costs 7-fold under load, and the setting is read once, when lightgbm or scikit-learn is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
