"""What the browser sides of the widgets share."""
