"""The embedded AWS: moto in a child process behind a front door that answers CloudWatch itself."""
