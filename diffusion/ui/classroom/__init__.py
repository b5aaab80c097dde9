"""For teachers: switches in the page's address, a page that makes such links, and where a class finds the lab."""
