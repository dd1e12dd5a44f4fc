"""Tests of deploy/, and of the compose file and the Dockerfile."""
