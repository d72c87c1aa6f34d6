"""What one account looked like at one time, whole: what a review judges, offline and as often as it likes."""
