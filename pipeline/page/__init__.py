"""The page of a night: the list with its reasons as one HTML file that needs no network."""
