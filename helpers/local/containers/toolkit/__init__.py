"""Tools that containers share: input files, headers, hyperparameters, errors, log masking."""
