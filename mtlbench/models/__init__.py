"""Networks and the learner that trains them."""
