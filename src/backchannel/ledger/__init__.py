"""What was agreed and signed, and what each side must do by when: deals, obligations, handover lists, names."""
