"""The dossier of a use of the role, made of nothing but its record: Markdown, HTML, and the change log's entry."""
