"""The service: REST calls, the live stream, the store and the page. It never imports TensorFlow."""
