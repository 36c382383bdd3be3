"""The stages' stores in memory: what backtest and the unit tests run on."""
