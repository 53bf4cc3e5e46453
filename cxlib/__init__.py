"""The ten stages of designing a customer experience: methods, figures, findings and the chain that binds them."""
