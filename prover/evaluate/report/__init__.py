"""The page of measured answers: `tables` puts them beside the published figures, `page` writes it."""
