"""The service: REST calls, the live stream, the store and the page. It never imports TensorFlow."""

VERSION = "0.1.0"
