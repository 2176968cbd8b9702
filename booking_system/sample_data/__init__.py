"""A living clinic to look at, made through the product's own actions."""
