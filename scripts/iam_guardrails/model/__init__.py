"""What there is: frozen values that every reader produces and every rule judges. No files, no AWS, no clock."""
