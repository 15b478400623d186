"""Ships: hulls, itineraries, landings, meetings, identities."""
