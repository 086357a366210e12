"""A run's report: `data` gathers what is told, `page` writes it as one HTML file."""
