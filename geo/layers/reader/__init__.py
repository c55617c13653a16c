"""Reading what offices deliver: from a file to RawFeatures, streamed."""
