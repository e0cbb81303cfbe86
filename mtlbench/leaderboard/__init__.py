"""Result records, published tables and the tables made of both."""
