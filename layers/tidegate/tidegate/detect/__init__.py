"""From published intervals to anomalies: series, expected value and band, severity, groups, causes."""
