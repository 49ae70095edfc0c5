{
  "targets": [
    {
      "target_name": "producer",
      "sources": ["producer.c"],
      "include_dirs": ["<!(node -p \"require('memoryview').include\")"],
      "defines": ["NAPI_VERSION=9"]
    }
  ]
}
