"""How an event becomes a message that a person reads: trail, filter, alarm, event rule, topic, key, subscription."""
