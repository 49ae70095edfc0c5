{
  "targets": [
    {
      "target_name": "conformance",
      "sources": ["conformance.c"],
      "include_dirs": ["../../native/include"],
      "defines": ["NAPI_VERSION=9"]
    }
  ]
}
