"""What a stack is meant to cost: plans, priced from rates of their own or from the dated price book."""
