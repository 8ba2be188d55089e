"""Forms of figures that need more than counting: how the rows of a query become one. One module per form."""
