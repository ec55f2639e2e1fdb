"""What the selected runs gave: matrices, figures of classes, samples, pictures, histograms, beside each other."""
