"""Firms and marks: who trades, how they look, and whom right holders authorised."""
