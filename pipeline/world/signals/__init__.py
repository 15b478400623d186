"""What others tell: statistics, alerts, lists, scans, licences, restrictions."""
