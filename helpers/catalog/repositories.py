"""ECR repositories in which AWS publishes SageMaker's algorithms and frameworks.

Source: the table of images (`image_uri_config`) of the SageMaker Python SDK 3.27.0, November 2026,
without the repositories of images that run locally.
"""

_NAMES = """
    autogluon-inference autogluon-training blazingtext detailed-profiler-processing
    djl-inference factorization-machines forecasting-deepar huggingface-llamacpp
    huggingface-pytorch-inference huggingface-pytorch-inference-neuron
    huggingface-pytorch-inference-neuronx huggingface-pytorch-tgi-inference
    huggingface-pytorch-training huggingface-pytorch-training-neuronx
    huggingface-pytorch-trcomp-training huggingface-sglang huggingface-tensorflow-inference
    huggingface-tensorflow-training huggingface-tensorflow-trcomp-training huggingface-vllm
    huggingface-vllm-inference-neuronx huggingface-vllm-omni image-classification
    image-classification-neo ipinsights kmeans knn lda llama-cpp llama-cpp-arm64
    mxnet-inference mxnet-inference-eia mxnet-training ntm object-detection object2vec pca
    pytorch pytorch-inference-arm64 pytorch-inference-eia pytorch-inference-graviton
    pytorch-training-neuron pytorch-training-neuronx pytorch-trcomp-training randomcutforest
    ray sagemaker-base-python sagemaker-chainer sagemaker-clarify-processing
    sagemaker-data-wrangler-container sagemaker-debugger-rules sagemaker-distribution-prod
    sagemaker-geospatial-v1-0 sagemaker-inference-mxnet sagemaker-inference-pytorch
    sagemaker-inference-tensorflow sagemaker-inspect-ai sagemaker-model-monitor-analyzer
    sagemaker-mxnet sagemaker-mxnet-eia sagemaker-mxnet-serving sagemaker-mxnet-serving-eia
    sagemaker-neo-mxnet sagemaker-neo-pytorch sagemaker-neo-tensorflow sagemaker-pytorch
    sagemaker-rl-coach-container sagemaker-rl-mxnet sagemaker-rl-ray-container
    sagemaker-rl-tensorflow sagemaker-rl-vw-container sagemaker-spark-processing
    sagemaker-sparkml-serving sagemaker-tensorflow sagemaker-tensorflow-eia
    sagemaker-tensorflow-scriptmode sagemaker-tensorflow-serving
    sagemaker-tensorflow-serving-eia sagemaker-tritonserver semantic-segmentation seq2seq
    sglang smdistributed-modelparallel stabilityai-pytorch-inference tei tei-cpu
    tensorflow-inference tensorflow-inference-eia tensorflow-inference-graviton
    tensorflow-training vllm whisperx xgboost-neo
"""
AWS_REPOSITORIES = frozenset(_NAMES.split())
