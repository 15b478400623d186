"""Papers: documents, partner data, notices, rights."""
